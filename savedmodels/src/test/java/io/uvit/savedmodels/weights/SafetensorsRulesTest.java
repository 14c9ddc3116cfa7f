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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsRulesTest {
  private static final String A = "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}";

  @TempDir Path folder;

  private Path file(byte[] header, long declared, int data) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(declared).put(header);
    return Files.write(folder.resolve("file.safetensors"), bytes.array());
  }

  private Path file(String header, int data) throws IOException {
    byte[] bytes = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return file(bytes, bytes.length, data);
  }

  private static void assertRefused(Path path, String reason) {
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> SafetensorsFile.open(path));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
  }

  @Test
  void wellFormedFilesAreRead() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(file(A + "   ", 8))) {
      assertArrayEquals(new float[2], file.floats("a"));
      assertThrows(IllegalArgumentException.class, () -> file.floats("b"));
    }
    try (SafetensorsFile file = SafetensorsFile.open(file("{}", 0))) {
      assertTrue(file.entries().isEmpty());
    }
    String two =
        "{'z':{'shape':[1],'data_offsets':[4,8],'dtype':'F32'},"
            + "'__metadata__':{'k':'v'},"
            + "'y':{'dtype':'I8','shape':[2,2],'data_offsets':[0,4]}}";
    try (SafetensorsFile file = SafetensorsFile.open(file(two, 8))) {
      assertEquals(List.of("y", "z"), List.copyOf(file.entries().keySet()));
      assertEquals(Map.of("k", "v"), file.metadata());
    }
  }

  @Test
  void headerLengthIsBounded() throws IOException {
    assertRefused(file(new byte[0], 100_000_001, 0), "100000001");
    assertRefused(file(new byte[0], -1, 0), "18446744073709551615");
    assertRefused(file(A.getBytes(StandardCharsets.UTF_8), 1000, 8), "inside the");
    assertRefused(file(new byte[0], 0, 0), "'{'");
    assertRefused(Files.write(folder.resolve("short"), new byte[7]), "7 bytes");
  }

  @Test
  void headerIsUtf8() throws IOException {
    byte[] header = A.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xff;
    assertRefused(file(header, header.length, 8), "UTF-8");
    assertRefused(file(A.replace("'a'", "'\\ud800'"), 8), "surrogate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        " {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} x | strict JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},} | strict JSON",
        "{a:{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | strict JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]} | strict JSON",
        "{'a':[1]} | strict JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | twice",
        "{'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}} | twice",
        "{'__metadata__':{'k':'v','k':'w'}} | twice",
        "{'__metadata__':{'k':1}} | a string",
        "{'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}} | type F8_E4M3",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | key 'x'",
        "{'a':{'dtype':'F32','shape':[2]}} | incomplete",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | incomplete",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,8]}} | longer list",
        "{'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}} | an integer",
        "{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | an integer",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | an integer",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | overflows",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | 12 bytes for F32",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | data_offsets",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | hole or overlap",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | hole or overlap",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | as the header says",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | as the header says"
      })
  void rulesOfTheHeader(String header, String reason) throws IOException {
    assertRefused(file(header.strip(), 8), reason);
  }
}
