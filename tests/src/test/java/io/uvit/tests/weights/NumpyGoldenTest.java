package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyFile;
import io.uvit.savedmodels.weights.NpzFile;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumpyGoldenTest {
  private static NpyFile npy(String name) {
    return NpyFile.open(WeightFixtures.file("pth_formats/" + name));
  }

  @Test
  void fortranOrderComesOutInCOrder() {
    try (NpyFile file = npy("fortran_order.npy")) {
      assertEquals(List.of(3L, 4L), file.entry().shape());
      assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, file.floats());
    }
  }

  @Test
  void bigEndianIsSwapped() {
    try (NpyFile file = npy("big_endian.npy")) {
      assertEquals(DataType.F32, file.entry().type());
      assertArrayEquals(new float[] {0, 1, 2, 3, 4}, file.floats());
      assertEquals(3f, file.bytes(NpyFile.SOLE_NAME).getFloat(12));
    }
  }

  @Test
  void boolScalarAndHalf() {
    try (NpyFile bool = npy("v1_bool.npy");
        NpyFile scalar = npy("scalar.npy");
        NpyFile half = npy("f16.npy")) {
      assertEquals(DataType.BOOL, bool.entry().type());
      assertEquals(2, bool.longs().length);
      assertEquals(List.of(), scalar.entry().shape());
      assertArrayEquals(new double[] {2.5}, scalar.doubles());
      assertEquals(DataType.F16, half.entry().type());
      assertEquals(3, half.floats().length);
    }
  }

  @Test
  void deflatedEqualsStored() {
    try (NpzFile stored = NpzFile.open(WeightFixtures.file("pth_formats/expected.npz"));
        NpzFile deflated =
            NpzFile.open(WeightFixtures.file("pth_formats/expected_compressed.npz"))) {
      assertEquals(stored.entries(), deflated.entries());
      for (String name : stored.entries().keySet()) {
        assertEquals(stored.bytes(name), deflated.bytes(name), name);
      }
      assertEquals(List.of(3L, 4L), stored.shape("f32"));
    }
  }
}
