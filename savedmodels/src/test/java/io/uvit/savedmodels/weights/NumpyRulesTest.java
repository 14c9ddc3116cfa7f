package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumpyRulesTest {
  @TempDir Path folder;

  private Path npy(int version, String header, int... data) throws IOException {
    byte[] text = header.replace('`', '\'').getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate((version == 1 ? 10 : 12) + text.length + data.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    bytes.put(text);
    for (int value : data) {
      bytes.put((byte) value);
    }
    return Files.write(folder.resolve("x.npy"), bytes.array());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyVersion(int version) throws IOException {
    String header = "{`shape`:(2L,),\"descr\":`>u2`, `fortran_order`: False}\n";
    try (NpyFile file = NpyFile.open(npy(version, header, 1, 2, 0xff, 0xff))) {
      assertEquals(DataType.U16, file.entry().type());
      assertArrayEquals(new long[] {0x102, 0xffff}, file.longs());
    }
  }

  @Test
  void bigEndianFortranOrder() throws IOException {
    String header = "{`descr`: `>i2`, `fortran_order`: True, `shape`: (2, 2), }";
    try (NpyFile file = NpyFile.open(npy(1, header, 0, 1, 0, 2, 0, 3, 0, 4))) {
      assertArrayEquals(new long[] {1, 3, 2, 4}, file.longs());
    }
  }

  @Test
  void unsignedLongs() throws IOException {
    String header = "{`descr`: `<u8`, `fortran_order`: False, `shape`: (1,), }";
    try (NpyFile file =
        NpyFile.open(npy(1, header, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))) {
      assertThrows(WeightFileException.class, file::longs);
      assertArrayEquals(new double[] {0x1p64}, file.doubles());
      assertArrayEquals(new float[] {0x1p64f}, file.floats());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\'',
      value = {
        "{`descr`: `|O`, `fortran_order`: False, `shape`: (1,), } ; Python objects",
        "{`descr`: [(`a`, `<f4`)], `fortran_order`: False, `shape`: (1,), } ; structured",
        "{`descr`: `<U4`, `fortran_order`: False, `shape`: (1,), } ; numpy type '<U4'",
        "{`descr`: `<c8`, `fortran_order`: False, `shape`: (1,), } ; numpy type '<c8'",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (2,), } ; 8 for F32",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (-1,), } ; a dimension",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (99999999999999999999,), } ; dimension",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (9999999999,9999999999), } ; overflows",
        "{`descr`: `<f4`, `fortran_order`: 0, `shape`: (1,), } ; True or False",
        "{`descr`: `<f4`, `fortran_order`: False} ; and nothing else",
        "{`descr`: `<f4`, `descr`: `<f4`, `fortran_order`: False, `shape`: (1,)} ; every key once",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (1,), `x`: 1} ; key 'x'",
        "{`descr`: `<f4`, `fortran_order`: False, `shape`: (1,)} x ; and nothing else",
        "{`descr`: ``, `fortran_order`: False, `shape`: (1,)} ; numpy type ''"
      })
  void otherHeadersAreRefused(String header, String reason) throws IOException {
    Path path = npy(1, header.strip(), 0, 0, 0, 0);
    WeightFileException error = assertThrows(WeightFileException.class, () -> NpyFile.open(path));
    assertTrue(error.getMessage().contains(reason.strip()), error.getMessage());
  }

  @Test
  void futureVersionsAndHugeHeadersAreRefused() throws IOException {
    Path future = npy(4, "{}");
    assertThrows(WeightFileException.class, () -> NpyFile.open(future));
    Path huge = npy(2, "{" + " ".repeat(20_000));
    assertThrows(WeightFileException.class, () -> NpyFile.open(huge));
  }

  @Test
  void prefixedViews() {
    Path path = folder.resolve("p.npz");
    Samples.fill(
        NpzWriter.create(path, List.of(new TensorEntry("ema/w", DataType.F32, List.of(2L)))));
    try (TensorFile file = TensorFiles.open(path)) {
      TensorFile ema = file.under("ema/");
      assertArrayEquals(file.floats("ema/w"), ema.floats("w"));
      assertEquals(List.of(2L), ema.shape("w"));
      assertThrows(IllegalArgumentException.class, () -> file.under("model/"));
      assertThrows(IllegalArgumentException.class, () -> file.longs("ema/w"));
    }
  }
}
