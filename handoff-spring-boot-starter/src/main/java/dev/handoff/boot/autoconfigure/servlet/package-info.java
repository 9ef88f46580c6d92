/**
 * Auto-configuration of handoffs of servlet applications.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.servlet;

import org.jspecify.annotations.NullMarked;
