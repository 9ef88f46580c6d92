/**
 * What ties a handoff to the life of a Spring Boot application.
 */
@NullMarked
package dev.handoff.boot;

import org.jspecify.annotations.NullMarked;
