package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UnpicklerTest {
  @TempDir Path folder;

  /** Text with \xNN escapes as bytes. */
  private static byte[] pickle(String escaped) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.startsWith("\\x", i)) {
        out.write(Integer.parseInt(escaped, i + 2, i + 4, 16));
        i += 3;
      } else if (escaped.startsWith("\\n", i)) {
        out.write('\n');
        i++;
      } else {
        out.write(escaped.charAt(i));
      }
    }
    return out.toByteArray();
  }

  private Object load(byte[] pickle) throws IOException {
    Path path = Files.write(folder.resolve("pickle"), pickle);
    try (MappedSource source = MappedSource.open(path)) {
      ByteBuffer in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
      return Unpickler.read(source, "pickle", in, new OnlyGlobals());
    }
  }

  /** The globals of PyTorch files, without storages. */
  private static final class OnlyGlobals implements PickleContext {
    @Override
    public Object global(String name) {
      return TorchGlobals.find(name);
    }

    @Override
    public Object persistent(Object id) {
      return NOTHING.persistent(id);
    }

    @Override
    public void build(Object object, Object state) {
      TorchGlobals.build(object, state);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void plainValues() throws IOException {
    assertEquals(300L, load(pickle("\\x80\\x02M\\x2c\\x01.")));
    assertEquals(-2L, load(pickle("J\\xfe\\xff\\xff\\xff.")));
    assertEquals(-256L, load(pickle("\\x8a\\x02\\x00\\xff.")));
    assertEquals(0L, load(pickle("\\x8a\\x00.")));
    assertEquals(
        BigInteger.ONE.shiftLeft(64),
        load(pickle("\\x8a\\x09\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01.")));
    assertEquals(1.5, load(pickle("G\\x3f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00.")));
    assertEquals(Arrays.asList(null, true, false), load(pickle("(N\\x88\\x89l.")));
    assertEquals(Map.of("k", 1L), load(pickle("}X\\x01\\x00\\x00\\x00kK\\x01s.")));
    assertEquals(Set.of(1L, 2L), load(pickle("\\x80\\x04\\x8f(K\\x01K\\x02\\x90.")));
    assertEquals(List.of(1L, 1L), load(pickle("K\\x01q\\x05h\\x05\\x86.")));
    assertArrayEquals(bytes("ab"), (byte[]) load(pickle("\\x80\\x03C\\x02ab.")));
  }

  @Test
  void allowedGlobals() throws IOException {
    assertEquals(DataType.BF16, load(pickle("ctorch\\nbfloat16\\n.")));
    assertEquals("cuda:1", load(pickle("ctorch\\ndevice\\n(X\\x04\\x00\\x00\\x00cudaK\\x01tR.")));
    assertEquals(List.of(2L), load(pickle("ctorch\\nSize\\nK\\x02\\x85\\x85R.")));
    assertEquals(
        Map.of("a", 1L),
        load(pickle("cargparse\\nNamespace\\n)\\x81}X\\x01\\x00\\x00\\x00aK\\x01sb.")));
    assertEquals(
        2.0,
        load(
            pickle(
                "cnumpy._core.multiarray\\nscalar\\ncnumpy\\ndtype\\nX\\x02\\x00\\x00\\x00f8"
                    + "\\x89\\x88\\x87R(K\\x03X\\x01\\x00\\x00\\x00<NtbC\\x08"
                    + "\\x00\\x00\\x00\\x00\\x00\\x00\\x00@\\x86R.")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "cos\\nsystem\\n(X\\x02\\x00\\x00\\x00lstR. | global os.system",
        "\\x80\\x04\\x8c\\x08builtins\\x8c\\x04eval\\x93. | global builtins.eval",
        "ctorch.nn.modules.linear\\nLinear\\n)\\x81. | global torch.nn.modules.linear.Linear",
        "ctorch\\ncomplex64\\n. | global torch.complex64",
        "cos\\n | the end of the data",
        "Q. | too few values",
        "K\\x01Q. | a persistent id here",
        "\\x80\\x06. | protocol 6",
        "I1\\n. | opcode 0x49",
        ". | 0 values",
        "K\\x01K\\x01. | 2 values",
        "(K\\x01. | 1 marks",
        "t. | no mark",
        "R. | too few values",
        "K\\x01)R. | a call of Long",
        "h\\x07. | memo 7",
        "X\\xff\\xff\\xff\\x7fa. | 2147483647 bytes more",
        "X\\xff\\xff\\xff\\xffa. | a length of 4294967295",
        "\\x8e\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff. | a length of 18446744073709551615",
        "\\x8b\\x00\\x08\\x00\\x00. | an integer of 2048 bytes",
        "\\x95\\xff\\x00\\x00\\x00\\x00\\x00\\x00\\x00. | a frame of 255",
        "}(K\\x01u. | a key without value",
        "}]K\\x01s. | ArrayList as a key",
        "K\\x01K\\x02a. | instead of a list",
        ")K\\x02a. | instead of a list",
        "X\\x01\\x00\\x00\\x00\\xff. | UTF-8",
        "ctorch\\ndevice\\n)R. | arguments of torch.device",
        "K\\x01}b. | instead of a dict",
        "ctorch._tensor\\n_rebuild_from_type_v2\\n(ctorch\\ndevice\\nctorch.nn.parameter\\nParameter"
            + "\\n)}tR. | torch.device to rebuild",
        "ctorch.nn.parameter\\nParameter\\n)R. | a constructor call",
        "ctorch._utils\\n_rebuild_tensor_v2\\n(K\\x01K\\x00))\\x89}tR. | Long as a storage"
      })
  void everythingElseIsRefusedWithItsPosition(String escaped, String reason) {
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> load(pickle(escaped.strip())));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
    assertTrue(error.getMessage().contains("at byte"), error.getMessage());
  }

  @Test
  void sharedNestedTuplesAreNoKeys() {
    StringBuilder nested = new StringBuilder("}K\\x01");
    for (int i = 0; i < 200; i++) {
      nested.append("2\\x86");
    }
    assertThrows(WeightFileException.class, () -> load(pickle(nested + "K\\x01s.")));
  }

  @Test
  void treesOfExponentialSizeAreRefused() throws IOException {
    StringBuilder nested = new StringBuilder("]");
    for (int i = 0; i < 50; i++) {
      nested.append("q\\x010]h\\x01ah\\x01a");
    }
    Object root = load(pickle(nested + "."));
    Path path = folder.resolve("pickle");
    try (MappedSource source = MappedSource.open(path)) {
      assertThrows(WeightFileException.class, () -> TorchTree.flatten(root, source));
    }
  }

  @Test
  void treesThatContainThemselvesAreRefused() throws IOException {
    Object root = load(pickle("]q\\x01h\\x01a."));
    try (MappedSource source = MappedSource.open(folder.resolve("pickle"))) {
      assertThrows(WeightFileException.class, () -> TorchTree.flatten(root, source));
    }
  }

  @Test
  void aFloodOfMemoEntriesIsRefused() {
    ByteBuffer flood = ByteBuffer.allocate(5 * (1 << 21) + 3).order(ByteOrder.LITTLE_ENDIAN);
    flood.put((byte) 'K').put((byte) 1);
    for (int i = 0; i < 1 << 21; i++) {
      flood.put((byte) 'r').putInt(i);
    }
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> load(flood.put((byte) '.').array()));
    assertTrue(error.getMessage().contains("memo"), error.getMessage());
  }
}
