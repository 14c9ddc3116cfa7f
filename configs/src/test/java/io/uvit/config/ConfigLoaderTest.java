package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static io.uvit.config.Configs.problems;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  @TempDir Path folder;

  @Test
  void aFileGivesTheSameExperimentAsItsText() throws IOException {
    Path file = Files.writeString(folder.resolve("a.textproto"), MINIMAL);
    Experiment expected = ConfigLoader.parse(MINIMAL, "text");
    assertEquals(expected, ConfigLoader.load(file));
    assertEquals(expected, ConfigLoader.load(file.toString(), List.of()));
  }

  @Test
  void aBareNameFindsTheBundledConfig() {
    assertEquals(512, ConfigLoader.load("cifar10_uvit_small", List.of()).getModel().getEmbedDim());
  }

  @Test
  void aFileComesBeforeABundledConfigOfThatName() throws IOException {
    Path file = Files.writeString(folder.resolve("quickstart"), MINIMAL);
    assertEquals("minimal", ConfigLoader.load(file.toString(), List.of()).getName());
  }

  @Test
  void aMisspeltNameIsAnsweredWithTheNearest() {
    String problem = problems(() -> ConfigLoader.load("cifar10_uvit_smal", List.of())).get(0);
    assertTrue(problem.contains("found cifar10_uvit_smal, wanted a file or one of"), problem);
    assertTrue(problem.contains("one of cifar10_uvit_small,"), problem);
  }

  @Test
  void aMissingFileAFolderAndBinaryAreRefusedByName() throws IOException {
    Path missing = folder.resolve("missing.textproto");
    assertEquals(
        List.of("config: cannot be read, found no such file, wanted a .textproto file"),
        problems(() -> ConfigLoader.load(missing)));
    assertTrue(
        assertThrows(ConfigException.class, () -> ConfigLoader.load(missing))
            .getMessage()
            .startsWith(missing + ": 1 problem\n"));
    assertEquals(
        List.of("config: cannot be read, found a folder, wanted a .textproto file"),
        problems(() -> ConfigLoader.load(folder.toString(), List.of())));
    Path binary = Files.write(folder.resolve("b"), new byte[] {(byte) 0xc3, (byte) 0x28});
    assertEquals(
        List.of("config: cannot be read, found bytes that are not UTF-8, wanted a text file"),
        problems(() -> ConfigLoader.load(binary)));
  }

  @Test
  void aNameThatIsNoPathIsRefused() {
    assertEquals(1, problems(() -> ConfigLoader.load("a\0b", List.of())).size());
  }

  @Test
  void allUnknownFieldsAreNamedWithLineColumnAndNearestNames() {
    String text = "nam: 'x'\nmodel {\n  embd_dim: 3\n  skp { a: 3 }\n}\n";
    assertEquals(
        List.of(
            "f:1:1: unknown field of Experiment, found nam, wanted name",
            "f:3:3: unknown field of Model, found embd_dim, wanted embed_dim"),
        problems(() -> ConfigLoader.parse(text.replace("skp { a: 3 }", ""), "f")));
    List<String> nested = problems(() -> ConfigLoader.parse(text, "f"));
    assertTrue(nested.stream().anyMatch(p -> p.startsWith("f:4:3: ") && p.contains("wanted skip")));
  }

  @Test
  void aFieldOfAnEmptyMessageIsRefused() {
    assertEquals(
        List.of(
            "f:1:25: unknown field of Unconditional, found a, wanted no field, Unconditional has none"),
        problems(() -> ConfigLoader.parse("model { unconditional { a: 2 } }", "f")));
  }

  @Test
  void aSingularFieldGivenTwiceIsRefused() {
    assertEquals(
        List.of("f:2:5: name is given twice, wanted once"),
        problems(() -> ConfigLoader.parse("name: 'a'\nname: 'b'", "f")));
    assertEquals(
        List.of("f:2:1: model is given twice, wanted once"),
        problems(() -> ConfigLoader.parse("model { depth: 2 }\nmodel { channels: 2 }", "f")));
  }

  @Test
  void aOneofGivenTwiceIsRefused() {
    assertEquals(
        List.of(
            "f:1:26: schedule is given twice, found vp_linear and discrete, wanted one of them"),
        problems(() -> ConfigLoader.parse("diffusion { vp_linear {} discrete {} }", "f")));
  }

  @Test
  @DisplayName("values of the wrong type say line, column, found and wanted")
  void wrongTypes() {
    assertEquals(
        List.of("f:1:7: cannot be read, found 3, wanted string"),
        problems(() -> ConfigLoader.parse("name: 3", "f")));
    assertEquals(
        List.of("f:1:16: cannot be read, found 1.5, wanted an integer in the range of the field"),
        problems(() -> ConfigLoader.parse("train { steps: 1.5 }", "f")));
    assertEquals(
        List.of("f:2:9: unknown value, found CONCT, wanted one of CONCAT, NONE"),
        problems(() -> ConfigLoader.parse("model {\n  skip: CONCT }", "f")));
    assertEquals(
        List.of("f:1:21: cannot be read, found maybe, wanted \"true\" or \"false\""),
        problems(() -> ConfigLoader.parse("data { random_flip: maybe }", "f")));
    assertEquals(
        List.of("f:1:8: cannot be read, found the end of the text, wanted \"}\""),
        problems(() -> ConfigLoader.parse("model {", "f")));
  }

  @Test
  void nanAndInfinityDoNotPassValidation() {
    String text = MINIMAL.replace("steps: 10", "steps: 10 ema_decay: nan grad_clip_norm: inf");
    assertEquals(
        List.of(
            "train.grad_clip_norm: out of range, found Infinity, wanted a finite number >= 0",
            "train.ema_decay: out of range, found NaN, wanted a rate in [0, 1)"),
        problems(() -> ConfigLoader.parse(text, "f")));
  }
}
