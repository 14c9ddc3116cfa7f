/**
 * Correctness and speed on a GPU machine, in one call, beside a PyTorch peer. {@code tests/gpu/run}
 * and {@code tests/gpu/bundle} call it; docs/gpu.md tells how.
 */
package io.uvit.tests.gpu;
