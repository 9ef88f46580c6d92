/**
 * The handoff in Spring Boot's Actuator.
 */
@NullMarked
package dev.handoff.boot.actuate;

import org.jspecify.annotations.NullMarked;
