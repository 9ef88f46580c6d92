/**
 * Spring's scheduled jobs, which run in the process that serves.
 */
@NullMarked
package dev.handoff.boot.scheduling;

import org.jspecify.annotations.NullMarked;
