/**
 * What tests of several packages share.
 */
@NullMarked
package dev.handoff.testsupport;

import org.jspecify.annotations.NullMarked;
