/**
 * Auto-configuration of handoffs with embedded Tomcat.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.tomcat;

import org.jspecify.annotations.NullMarked;
