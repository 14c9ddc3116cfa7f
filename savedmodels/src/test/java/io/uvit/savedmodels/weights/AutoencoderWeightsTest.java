package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.KlAutoencoder;
import io.uvit.graph.autoencoder.KlConfig;
import io.uvit.graph.autoencoder.TinyAutoencoder;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AutoencoderWeightsTest {
  private static final KlConfig CONFIG = new KlConfig(32, List.of(1, 2, 2), 1, 4);

  @TempDir Path folder;

  /** The tensors of a network under our names. */
  private static List<TensorEntry> entries(Autoencoder autoencoder) {
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : autoencoder.parameters()) {
      String name = spec.name().substring(Autoencoder.PREFIX.length());
      List<Long> shape = Arrays.stream(spec.shape().asArray()).boxed().toList();
      entries.add(new TensorEntry(name, DataType.F32, shape));
    }
    return entries;
  }

  private static List<TensorEntry> kl(KlConfig config) {
    return entries(new KlAutoencoder(new ParameterList().scope("autoencoder"), config));
  }

  private static List<TensorEntry> tiny() {
    return entries(new TinyAutoencoder(new ParameterList().scope("autoencoder"), 32, true));
  }

  private static List<TensorEntry> named(
      List<TensorEntry> entries, UnaryOperator<String> renaming) {
    return entries.stream()
        .map(e -> new TensorEntry(renaming.apply(e.name()), e.type(), e.shape()))
        .toList();
  }

  private Path file(String name, List<TensorEntry> entries) {
    Path path = folder.resolve(name);
    Samples.fill(SafetensorsWriter.create(path, entries, Map.of()));
    return path;
  }

  private static TensorFile open(Path path) {
    return AutoencoderWeights.open(path, Optional.empty());
  }

  private static WeightFileException refused(Path path, Optional<Path> decoder) {
    WeightFileException e =
        assertThrows(WeightFileException.class, () -> AutoencoderWeights.open(path, decoder));
    assertTrue(e.getMessage().contains(": found ") && e.getMessage().contains(", wanted "));
    return e;
  }

  /** What a KL autoencoder of {@link #CONFIG} is called in diffusers, written out. */
  private static Map<String, String> diffusersModules() {
    Map<String, String> modules = new LinkedHashMap<>();
    for (String side : List.of("encoder.", "decoder.")) {
      modules.put(side + "conv_in", side + "conv_in");
      modules.put(side + "conv_norm_out", side + "norm_out");
      modules.put(side + "conv_out", side + "conv_out");
      String attention = side + "mid_block.attentions.0.";
      modules.put(attention + "group_norm", side + "mid.attn_1.norm");
      modules.put(attention + "to_q", side + "mid.attn_1.q");
      modules.put(attention + "to_k", side + "mid.attn_1.k");
      modules.put(attention + "to_v", side + "mid.attn_1.v");
      modules.put(attention + "to_out.0", side + "mid.attn_1.proj_out");
      block(modules, side + "mid_block.resnets.0.", side + "mid.block_1.", false);
      block(modules, side + "mid_block.resnets.1.", side + "mid.block_2.", false);
    }
    block(modules, "encoder.down_blocks.0.resnets.0.", "encoder.down.0.block.0.", false);
    block(modules, "encoder.down_blocks.1.resnets.0.", "encoder.down.1.block.0.", true);
    block(modules, "encoder.down_blocks.2.resnets.0.", "encoder.down.2.block.0.", false);
    modules.put("encoder.down_blocks.0.downsamplers.0.conv", "encoder.down.0.downsample.conv");
    modules.put("encoder.down_blocks.1.downsamplers.0.conv", "encoder.down.1.downsample.conv");
    for (int b = 0; b < 2; b++) {
      // diffusers counts from the lowest resolution up.
      block(modules, "decoder.up_blocks.0.resnets." + b + ".", at("up.2.block.", b), false);
      block(modules, "decoder.up_blocks.1.resnets." + b + ".", at("up.1.block.", b), false);
      block(modules, "decoder.up_blocks.2.resnets." + b + ".", at("up.0.block.", b), b == 0);
    }
    modules.put("decoder.up_blocks.0.upsamplers.0.conv", "decoder.up.2.upsample.conv");
    modules.put("decoder.up_blocks.1.upsamplers.0.conv", "decoder.up.1.upsample.conv");
    modules.put("quant_conv", "quant_conv");
    modules.put("post_quant_conv", "post_quant_conv");
    return modules;
  }

  private static String at(String level, int block) {
    return "decoder." + level + block + ".";
  }

  private static void block(
      Map<String, String> modules, String diffusers, String ldm, boolean shortcut) {
    for (String part : List.of("norm1", "conv1", "norm2", "conv2")) {
      modules.put(diffusers + part, ldm + part);
    }
    if (shortcut) {
      modules.put(diffusers + "conv_shortcut", ldm + "nin_shortcut");
    }
  }

  /** The tensors as diffusers holds them: its names, and matrices in the attention. */
  private static List<TensorEntry> diffusers(List<TensorEntry> ldm, boolean older) {
    Map<String, String> byLdm = new LinkedHashMap<>();
    diffusersModules().forEach((name, ours) -> byLdm.put(ours, name));
    List<TensorEntry> entries = new ArrayList<>();
    for (TensorEntry entry : ldm) {
      int dot = entry.name().lastIndexOf('.');
      String module = byLdm.get(entry.name().substring(0, dot));
      boolean matrix = module.contains(".to_") && entry.shape().size() == 4;
      if (older) {
        module =
            module
                .replace("to_q", "query")
                .replace("to_k", "key")
                .replace("to_v", "value")
                .replace("to_out.0", "proj_attn");
      }
      entries.add(
          new TensorEntry(
              module + entry.name().substring(dot),
              entry.type(),
              matrix ? entry.shape().subList(0, 2) : entry.shape()));
    }
    return entries;
  }

  private void assertOpens(Path path, List<TensorEntry> wanted) {
    try (TensorFile file = open(path)) {
      assertEquals(index(wanted), file.entries());
    }
  }

  private static Map<String, TensorEntry> index(List<TensorEntry> entries) {
    Map<String, TensorEntry> index = new LinkedHashMap<>();
    entries.forEach(e -> index.put(e.name(), e));
    return index;
  }

  @ParameterizedTest
  @CsvSource({
    "'', loss.perceptual_loss.lin0.weight",
    "first_stage_model., model.diffusion_model.out.2.bias",
    "state_dict/, optimizer_states/0/state/0/exp_avg",
    "state_dict/first_stage_model., state_dict/betas"
  })
  void latentDiffusionsNamesAreOurs(String prefix, String leftOut) {
    List<TensorEntry> wanted = kl(CONFIG);
    List<TensorEntry> all = new ArrayList<>(named(wanted, name -> prefix + name));
    all.add(new TensorEntry(prefix + "loss.logvar", DataType.F32, List.of()));
    all.add(new TensorEntry(leftOut, DataType.F32, List.of(4L)));
    Path path = file("whole.safetensors", all);
    assertOpens(path, wanted);
    assertEquals(AutoencoderNaming.LDM, AutoencoderWeights.naming(path));
    try (TensorFile file = open(path);
        TensorFile raw = TensorFiles.open(path)) {
      String name = "decoder.up.1.upsample.conv.bias";
      assertEquals(raw.bytes(prefix + name), file.bytes(name));
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void diffusersNamesOfTodayAndBefore(boolean older) {
    List<TensorEntry> wanted = kl(CONFIG);
    List<TensorEntry> diffusers = diffusers(wanted, older);
    assertEquals(wanted.size(), new LinkedHashSet<>(diffusers).size());
    Path path = file("diffusers.safetensors", diffusers);
    assertOpens(path, wanted);
    assertEquals(AutoencoderNaming.DIFFUSERS_KL, AutoencoderWeights.naming(path));
    try (TensorFile file = open(path);
        TensorFile raw = TensorFiles.open(path)) {
      assertEquals(
          raw.bytes("decoder.up_blocks.0.resnets.1.conv2.bias"),
          file.bytes("decoder.up.2.block.1.conv2.bias"));
      String query = "encoder.mid_block.attentions.0." + (older ? "query" : "to_q") + ".weight";
      assertEquals(List.of(64L, 64L, 1L, 1L), file.shape("encoder.mid.attn_1.q.weight"));
      assertEquals(raw.bytes(query), file.bytes("encoder.mid.attn_1.q.weight"));
    }
  }

  /** From our names to any naming, through a file, and back. */
  @ParameterizedTest
  @EnumSource
  void exportsComeBack(AutoencoderNaming naming) {
    List<TensorEntry> wanted = naming.isKl() ? kl(CONFIG) : tiny();
    Path ours = file("ours.safetensors", wanted);
    Path theirs = folder.resolve("theirs.pth");
    try (TensorFile file = open(ours)) {
      TensorFile view = AutoencoderWeights.renamed(file, naming);
      try (TensorWriter writer = TorchWriter.create(theirs, List.copyOf(view.entries().values()))) {
        writer.copy(view);
      }
      if (naming == AutoencoderNaming.DIFFUSERS_KL) {
        assertEquals(index(diffusers(wanted, false)), view.entries());
      }
    }
    assertEquals(naming, AutoencoderWeights.naming(theirs));
    assertOpens(theirs, wanted);
    try (TensorFile a = open(ours);
        TensorFile b = open(theirs)) {
      for (TensorEntry entry : wanted) {
        assertEquals(a.bytes(entry.name()), b.bytes(entry.name()), entry.name());
      }
    }
  }

  /** All 248 tensors of Stable Diffusion's, by name only. */
  @Test
  void namesOfStableDiffusion() {
    Set<String> names = new LinkedHashSet<>();
    List<TensorEntry> wanted = kl(KlConfig.stableDiffusion(4));
    int levels = KlNames.levels(wanted.stream().map(TensorEntry::name).toList());
    assertEquals(4, levels);
    for (TensorEntry entry : wanted) {
      TensorEntry theirs = KlNames.toDiffusers(entry, levels).orElseThrow();
      names.add(theirs.name());
      assertEquals(entry, KlNames.toLdm(theirs, levels).orElseThrow());
    }
    assertEquals(248, names.size());
    assertEquals(4, KlNames.levels(names));
    assertTrue(
        names.containsAll(
            List.of(
                "decoder.up_blocks.3.resnets.0.conv_shortcut.weight",
                "decoder.up_blocks.2.resnets.0.conv_shortcut.bias",
                "decoder.up_blocks.0.upsamplers.0.conv.weight",
                "encoder.down_blocks.2.downsamplers.0.conv.weight",
                "decoder.mid_block.attentions.0.to_out.0.bias")));
  }

  @Test
  void tinyFilesInEveryForm() {
    List<TensorEntry> wanted = tiny();
    List<TensorEntry> encoder =
        wanted.stream().filter(e -> e.name().startsWith("encoder.")).toList();
    List<TensorEntry> decoder =
        wanted.stream().filter(e -> e.name().startsWith("decoder.")).toList();
    Path one = file("encoder", named(encoder, name -> name.substring("encoder.".length())));
    Path two = file("decoder", named(decoder, name -> name.substring("decoder.".length())));
    try (TensorFile file = AutoencoderWeights.open(one, Optional.of(two))) {
      assertEquals(index(wanted), file.entries());
    }
    assertOpens(file("whole", wanted), wanted);
    Path diffusers =
        file(
            "diffusers",
            named(
                wanted,
                name -> {
                  String[] words = name.split("\\.", 3);
                  int move = words[0].equals("decoder") ? -1 : 0;
                  int position = Integer.parseInt(words[1]) + move;
                  return words[0] + ".layers." + position + "." + words[2];
                }));
    assertOpens(diffusers, wanted);
    assertEquals(AutoencoderNaming.DIFFUSERS_TINY, AutoencoderWeights.naming(diffusers));

    assertTrue(refused(one, Optional.empty()).getMessage().contains("one half"));
    assertTrue(refused(two, Optional.of(one)).getMessage().contains("tiny encoder alone"));
    assertTrue(refused(one, Optional.of(one)).getMessage().contains("tiny decoder alone"));
    assertTrue(
        refused(folder.resolve("whole"), Optional.of(two)).getMessage().contains("whole: names"));
  }

  @ParameterizedTest
  @CsvSource({
    "encoder.down.0.block.0.conv3.weight, conv3",
    "encoder.down.00.block.0.conv1.weight, encoder.down.00",
    "encoder.down.0.block.0.conv1.running_mean, running_mean",
    "model_ema.decay, model_ema.decay",
    "encoder.down.100.block.0.conv1.bias, encoder.down.100"
  })
  void anyOtherTensorIsRefused(String name, String found) {
    List<TensorEntry> entries = new ArrayList<>(kl(CONFIG));
    entries.add(new TensorEntry(name, DataType.F32, List.of(1L)));
    WeightFileException e = refused(file("more", entries), Optional.empty());
    assertTrue(e.getMessage().contains(found) && e.getMessage().contains("LDM"), e.getMessage());
  }

  @Test
  void oneTensorUnderTwoNamesIsRefused() {
    List<TensorEntry> entries = new ArrayList<>(diffusers(kl(CONFIG), false));
    String older = "encoder.mid_block.attentions.0.query.bias";
    entries.add(new TensorEntry(older, DataType.F32, List.of(64L)));
    String message = refused(file("twice", entries), Optional.empty()).getMessage();
    assertTrue(message.contains(older) && message.contains("to_q.bias"), message);
  }

  @Test
  void otherFilesAreRefused() {
    List<TensorEntry> other = List.of(new TensorEntry("pos_embed", DataType.F32, List.of(1L)));
    assertTrue(refused(file("a", other), Optional.empty()).getMessage().contains("'pos_embed'"));
    assertTrue(refused(file("b", List.of()), Optional.empty()).getMessage().contains("no tensors"));
    try (TensorFile file = TensorFiles.open(folder.resolve("a"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> AutoencoderWeights.renamed(file, AutoencoderNaming.DIFFUSERS_KL));
    }
  }
}
