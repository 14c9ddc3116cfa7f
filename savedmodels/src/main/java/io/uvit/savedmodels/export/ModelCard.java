package io.uvit.savedmodels.export;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.config.v1.Sample;
import io.uvit.config.v1.Train;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.loop.NamedSolvers;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import java.math.BigDecimal;
import java.util.Locale;

/** The text that travels with an exported model: what it is and how it is called. */
final class ModelCard {
  /** The last section. */
  static final String LICENCE =
      """
      The program that wrote this model is under the Apache License 2.0. That licence says nothing about these
      weights: their use is governed by whoever trained them and by the terms of the images they were trained on.
      """;

  private static final String SIGNATURES =
      """
      Tag `serve`; B is any batch size.

      | signature | |
      |---|---|
      | `sample`, also `serving_default` | whole images by a solver of your choice, in one call |
      | `sample_defaults` | the same from few inputs, for callers that must give all inputs of a signature, as TensorFlow for Python |
      | `denoise` | one evaluation of the network |
      | `solve` | any rows of any solver, for callers that compute their own |
      """;

  private static final String CODEC =
      """
      | `encode` | images to moments and latents, by the autoencoder that is part of the model |
      | `decode` | latents to images |
      """;

  private static final String CONTRACT =
      """

      The contract of all of them: docs/savedmodel.md of the program.
      """;

  private static final String HEAD = "| | type | shape | meaning |\n|---|---|---|---|\n";

  private ModelCard() {}

  /** Markdown. */
  static String text(
      Experiment experiment,
      UViT model,
      Provenance provenance,
      WeightStorage storage,
      boolean withAutoencoder) {
    return "# "
        + experiment.getName()
        + "\n\n"
        + network(model)
        + "\n## Weights\n\n"
        + weights(experiment, model, provenance)
        + "- Kept as: "
        + storage(storage)
        + "\n\n## Calling it\n\n"
        + SIGNATURES
        + (withAutoencoder ? CODEC : "")
        + CONTRACT
        + "\n`sample`:\n\n"
        + sample(experiment, model.config(), withAutoencoder)
        + "\n`denoise`:\n\n"
        + denoise(experiment, model.config())
        + "\n## Licence\n\n"
        + LICENCE;
  }

  /** What the network is, for people. */
  static String network(UViT model) {
    UViTConfig c = model.config();
    return String.format(
        Locale.ROOT,
        """
        A U-ViT denoiser (Bao et al. 2023, "All are Worth Words"): %d x %d x %d, patch %d, width %d, depth %d + 1,
        %d heads, %s; %,d parameters in %d tensors.
        """,
        c.imageHeight(),
        c.imageWidth(),
        c.channels(),
        c.patchSize(),
        c.embedDim(),
        c.depth(),
        c.numHeads(),
        conditioning(c.conditioning()),
        model.parameterCount(),
        model.parameters().size());
  }

  private static String conditioning(Conditioning conditioning) {
    if (conditioning instanceof Conditioning.ClassLabel label) {
      return "conditioned on " + label.numClasses() + " labels";
    }
    return conditioning instanceof Conditioning.Text ? "conditioned on text" : "unconditional";
  }

  /** Where the weights come from, as a list. */
  static String weights(Experiment experiment, UViT model, Provenance provenance) {
    StringBuilder text = new StringBuilder();
    text.append("- Source: ").append(provenance.source()).append('\n');
    text.append("- Kind: ").append(provenance.weights()).append('\n');
    if (provenance.step().isPresent()) {
      Train train = experiment.getTrain();
      text.append(
          String.format(
                  Locale.ROOT,
                  "- Steps: %,d of %,d, batch size %d, AdamW at %s, average decay %s%n",
                  provenance.step().getAsLong(),
                  train.getSteps(),
                  train.getBatchSize(),
                  BigDecimal.valueOf(train.getAdamw().getLearningRate()).toPlainString(),
                  train.getEmaDecay())
              .replace(System.lineSeparator(), "\n"));
      text.append("- Images: ").append(images(experiment.getData())).append('\n');
    }
    text.append("- Written by: version ").append(provenance.product()).append('\n');
    text.append("- The whole experiment stands in `experiment.textproto` beside this file.\n");
    return text.toString();
  }

  private static String images(Data data) {
    return switch (data.getSourceCase()) {
      case EMBEDDED_MNIST -> "the 10,000 MNIST test digits that travel with the program";
      case CIFAR10_BINARY -> "CIFAR-10";
      case IMAGE_FILES -> "a collection of image files";
      case IDX -> "idx files";
      case FEATURES -> "pre-computed latents";
      case SOURCE_NOT_SET -> "not recorded";
    };
  }

  private static String storage(WeightStorage storage) {
    String place =
        switch (storage.flavor()) {
          case VARIABLES -> " variables";
          case FROZEN -> " constants of the graph (frozen; `saved_model.pb` is all there is)";
        };
    return switch (storage.type()) {
      case FLOAT32 -> "float32" + place;
      case BFLOAT16 ->
          "bfloat16"
              + place
              + ", computed with as float32. Rounding changed each weight by up to 0.2 % (2^-9);"
              + " docs/savedmodel.md says what that does to images";
    };
  }

  private static String sample(Experiment experiment, UViTConfig c, boolean withAutoencoder) {
    StringBuilder text = new StringBuilder(HEAD);
    Sample settings = experiment.getSample();
    condition(text, c);
    if (c.conditioning() instanceof Conditioning.Unconditional) {
      row(text, "`count`", "int32", "[]", "images; 1");
    }
    row(text, "`seed`", "int64", "[]", "of the noise; " + experiment.getSeed());
    row(text, "`solver`", "string", "[]", "a name; " + NamedSolvers.defaultName(settings));
    row(text, "`steps`", "int32", "[]", "network evaluations; " + settings.getSteps());
    row(
        text,
        "`guidance_scale`",
        "float32",
        "[]",
        "s of uncond + s (cond - uncond); " + (float) settings.getGuidanceScale());
    if (experiment.hasLatent()) {
      row(text, "`latents` (output)", "float32", image(c), space(experiment));
    }
    if (withAutoencoder) {
      int f = Autoencoder.of(experiment).downsampling();
      String shape =
          String.format(Locale.ROOT, "[B, %d, %d, 3]", f * c.imageHeight(), f * c.imageWidth());
      row(text, "`images` (output)", "uint8", shape, "the decoded pixels");
    } else if (!experiment.hasLatent()) {
      row(text, "`images` (output)", "uint8", image(c), "pixels");
    }
    return text + "\nThe value behind a semicolon is taken where an input is left out.\n";
  }

  private static String denoise(Experiment experiment, UViTConfig c) {
    StringBuilder text = new StringBuilder(HEAD);
    row(text, "`x`", "float32", image(c), "noisy " + space(experiment));
    row(text, "`t`", "float32", "[B]", time(experiment.getDiffusion()));
    condition(text, c);
    row(text, "`prediction` (output)", "float32", image(c), prediction(experiment.getDiffusion()));
    return text.toString();
  }

  private static void condition(StringBuilder text, UViTConfig c) {
    if (c.conditioning() instanceof Conditioning.ClassLabel label) {
      row(text, "`label`", "int32", "[B]", labels(label));
    }
    if (c.conditioning() instanceof Conditioning.Text context) {
      String shape =
          String.format(Locale.ROOT, "[B, %d, %d]", context.numTokens(), context.contextDim());
      row(text, "`context`", "float32", shape, "encoded text");
    }
  }

  private static String image(UViTConfig c) {
    return String.format(
        Locale.ROOT, "[B, %d, %d, %d]", c.imageHeight(), c.imageWidth(), c.channels());
  }

  private static void row(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String space(Experiment experiment) {
    if (!experiment.hasLatent()) {
      return "pixels, where clean ones are in [-1, 1]";
    }
    Latent latent = experiment.getLatent();
    String centred = latent.getChannelMeanCount() > 0 ? " less the channel's mean" : "";
    String divided = latent.getChannelStdCount() > 0 ? " over the channel's deviation" : "";
    return "latents" + centred + divided + " times the scale factor " + latent.getScaleFactor();
  }

  private static String time(Diffusion diffusion) {
    return switch (diffusion.getScheduleCase()) {
      case VP_LINEAR ->
          vp(
              "linear beta, "
                  + diffusion.getVpLinear().getBetaMin()
                  + " to "
                  + diffusion.getVpLinear().getBetaMax());
      case VP_COSINE -> vp("cosine, s = " + diffusion.getVpCosine().getS());
      case DISCRETE ->
          "the step n = 1.." + diffusion.getDiscrete().getNumSteps() + " of the discrete schedule";
      case RECTIFIED_FLOW ->
          "1000 times the share of noise, sigma in [0, 1], of the rectified flow";
      case SCHEDULE_NOT_SET -> "the network's own time input";
    };
  }

  private static String vp(String schedule) {
    return "999 times the time in [0, 1] of the VP-SDE (" + schedule + ")";
  }

  private static String labels(Conditioning.ClassLabel label) {
    String range = "0.." + (label.numClasses() - 1) + ", others are an error";
    return label.nullClass().isPresent()
        ? range + "; " + label.nullClass().getAsInt() + " means no class"
        : range;
  }

  private static String prediction(Diffusion diffusion) {
    return switch (diffusion.getPrediction()) {
      case X0 -> "the clean image";
      case V -> "the velocity alpha noise - sigma image of `x` = alpha image + sigma noise";
      case FLOW -> "the direction noise - image in `x` = alpha image + sigma noise";
      case NOISE, PREDICTION_UNSPECIFIED, UNRECOGNIZED -> "the noise in `x`";
    };
  }
}
