/**
 * Configs against the modules that use them: the same defaults, and what validates can be built.
 */
package io.uvit.tests.config;
