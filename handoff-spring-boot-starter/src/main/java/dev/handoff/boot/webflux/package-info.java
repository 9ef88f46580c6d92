/**
 * Event streams of WebFlux applications.
 */
@NullMarked
package dev.handoff.boot.webflux;

import org.jspecify.annotations.NullMarked;
