/**
 * Auto-configuration of the handoff in Spring Boot's Actuator.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
