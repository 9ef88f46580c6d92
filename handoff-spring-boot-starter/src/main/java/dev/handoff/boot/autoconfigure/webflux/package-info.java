/**
 * Auto-configuration of handoffs of WebFlux applications.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.webflux;

import org.jspecify.annotations.NullMarked;
