package dev.handoff.demo;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Configuration of the demo.
 *
 * @param statsFile a file in which a load client keeps its statistics as JSON, shown by
 * the dashboard
 */
@ConfigurationProperties("demo")
record DemoProperties(@Nullable Path statsFile) {

}
