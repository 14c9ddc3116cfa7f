/** Golden tests of schedules, time grids and solvers against the official implementations. */
package io.uvit.tests.sampler;
