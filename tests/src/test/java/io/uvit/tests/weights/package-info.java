/** Golden tests of the weight-file readers against files written by PyTorch and numpy. */
package io.uvit.tests.weights;
