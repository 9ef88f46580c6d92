# Two tasks of one group share a network namespace and a directory. Roll by restarting the task that does not serve: it pulls
# the image that the tag names by then, and takes over. ORCHESTRATORS.md has the commands.
job "orders" {
  type = "service"

  # A change of this file makes a new allocation with a network namespace of its own: no handoff, but drained.
  update {
    max_parallel = 1
    canary       = 1
    auto_promote = true
    auto_revert  = true
    health_check = "checks"
  }

  group "orders" {
    # After the service is deregistered and before SIGTERM.
    shutdown_delay = "10s"

    network {
      mode = "bridge"
      port "http" {
        to = 8080
      }
    }

    # Asks whoever serves, whichever task that is.
    service {
      name     = "orders"
      port     = "http"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/actuator/health/readiness"
        interval = "5s"
        timeout  = "2s"
      }
    }

    # The allocation's directory is root's, or in older releases everybody's: the control socket gets its own in it.
    task "control-directory" {
      driver = "docker"
      user   = "root"

      lifecycle {
        hook = "prestart"
      }

      config {
        image   = "busybox:1.37"
        command = "sh"
        args    = ["-c", "mkdir -p /alloc/handoff && chmod 0700 /alloc/handoff && chown 10001:10001 /alloc/handoff"]
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }

    task "a" {
      driver = "docker"
      user   = "10001:10001"
      # Longer than drain-timeout, and at most the client's max_kill_timeout, which is 30s unless set.
      kill_timeout = "30s"

      config {
        image           = "registry.example.com/orders:current"
        force_pull      = true
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]

        mount {
          type   = "bind"
          source = "../alloc/handoff"
          target = "/run/handoff"
        }
        mount {
          type   = "bind"
          source = "tmp"
          target = "/tmp"
        }
      }

      env {
        HANDOFF_CONTROLSOCKET     = "/run/handoff/control.sock"
        HANDOFF_READYTIMEOUT      = "2m"
        HANDOFF_OBSERVATIONWINDOW = "10s"
        HANDOFF_DRAINTIMEOUT      = "20s"
        # Nomad starts again whatever exits.
        HANDOFF_AFTERDRAIN = "stay"

        # /actuator/info tells which task serves.
        MANAGEMENT_INFO_ENV_ENABLED               = "true"
        MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE = "health,info"
        MANAGEMENT_ENDPOINT_HEALTH_PROBES_ENABLED = "true"
        INFO_INSTANCE                             = "${NOMAD_TASK_NAME}"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }

    task "b" {
      driver       = "docker"
      user         = "10001:10001"
      kill_timeout = "30s"

      config {
        image           = "registry.example.com/orders:current"
        force_pull      = true
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]

        mount {
          type   = "bind"
          source = "../alloc/handoff"
          target = "/run/handoff"
        }
        mount {
          type   = "bind"
          source = "tmp"
          target = "/tmp"
        }
      }

      env {
        HANDOFF_CONTROLSOCKET     = "/run/handoff/control.sock"
        HANDOFF_READYTIMEOUT      = "2m"
        HANDOFF_OBSERVATIONWINDOW = "10s"
        HANDOFF_DRAINTIMEOUT      = "20s"
        HANDOFF_AFTERDRAIN        = "stay"

        MANAGEMENT_INFO_ENV_ENABLED               = "true"
        MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE = "health,info"
        MANAGEMENT_ENDPOINT_HEALTH_PROBES_ENABLED = "true"
        INFO_INSTANCE                             = "${NOMAD_TASK_NAME}"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }

    restart {
      attempts = 3
      interval = "5m"
      delay    = "5s"
      mode     = "delay"
    }
  }
}
