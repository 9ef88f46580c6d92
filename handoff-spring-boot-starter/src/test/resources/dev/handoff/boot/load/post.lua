wrk.method = "POST"
wrk.path = "/length"
wrk.body = string.rep("x", 16384)
wrk.headers["Content-Type"] = "text/plain"
