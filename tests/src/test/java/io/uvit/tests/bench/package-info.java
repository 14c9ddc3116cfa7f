/**
 * Benchmarks with a main method; none runs as a test. docs/performance.md tells how to run them.
 */
package io.uvit.tests.bench;
