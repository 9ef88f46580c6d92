/**
 * Handoffs with embedded Tomcat.
 */
@NullMarked
package dev.handoff.boot.tomcat;

import org.jspecify.annotations.NullMarked;
