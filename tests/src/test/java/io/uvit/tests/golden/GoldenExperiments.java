package io.uvit.tests.golden;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigDefaults;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Discrete;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.SkipConnection;
import io.uvit.config.v1.TextConditional;
import io.uvit.config.v1.Train;
import io.uvit.config.v1.Unconditional;
import io.uvit.config.v1.VpLinear;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;

/** Experiments around the networks of the fixtures, as a user would write them. */
public final class GoldenExperiments {
  private GoldenExperiments() {}

  /** The resolved experiment of a fixture; not everything in it can be trained. */
  public static Experiment of(String fixture) {
    Experiment.Builder experiment =
        Experiment.newBuilder()
            .setName(fixture)
            .setModel(model(GoldenNets.config(Fixtures.json(fixture, "config.json"))));
    experiment.getDiffusionBuilder().getVpLinearBuilder();
    experiment.getTrainBuilder().setSteps(10).setBatchSize(2);
    return complete(experiment);
  }

  /** The resolved experiment of a fixture that trains, with data, as a user would write it. */
  public static Experiment resolvedTraining(String fixture) {
    return complete(training(fixture).toBuilder());
  }

  private static Experiment complete(Experiment.Builder experiment) {
    experiment
        .getDataBuilder()
        .getImageFilesBuilder()
        .setPath("images")
        .setLabels(
            experiment.getModel().hasClassConditional() ? Labels.CLASS_FOLDERS : Labels.UNLABELLED);
    return ConfigDefaults.fill(experiment.build());
  }

  /** The experiment of a fixture that trains. */
  public static Experiment training(String fixture) {
    JsonObject json = Fixtures.json(fixture, "config.json");
    JsonObject optimizer = json.getAsJsonObject("optimizer");
    Diffusion.Builder diffusion = Diffusion.newBuilder().setPrediction(Prediction.NOISE);
    if (json.get("loss").getAsString().equals("discrete")) {
      diffusion.setDiscrete(Discrete.getDefaultInstance());
    } else {
      diffusion.setVpLinear(VpLinear.getDefaultInstance());
    }
    return Experiment.newBuilder()
        .setName(fixture)
        .setModel(model(GoldenNets.config(json.getAsJsonObject("nnet"))))
        .setDiffusion(diffusion)
        .setTrain(
            Train.newBuilder()
                .setSteps(GoldenSteps.STEPS)
                .setBatchSize(json.get("batch").getAsInt())
                .setWarmupSteps(json.get("warmup_steps").getAsInt())
                .setGradClipNorm(json.get("grad_clip").getAsDouble())
                .setEmaDecay(json.get("ema_rate").getAsDouble())
                .setAdamw(
                    AdamW.newBuilder()
                        .setLearningRate(optimizer.get("lr").getAsDouble())
                        .setBeta1(optimizer.getAsJsonArray("betas").get(0).getAsDouble())
                        .setBeta2(optimizer.getAsJsonArray("betas").get(1).getAsDouble())
                        .setEpsilon(1e-8)
                        .setWeightDecay(optimizer.get("weight_decay").getAsDouble())))
        .build();
  }

  /** The model section of a network. */
  static Model model(UViTConfig config) {
    Model.Builder model =
        Model.newBuilder()
            .setImageHeight(config.imageHeight())
            .setImageWidth(config.imageWidth())
            .setChannels(config.channels())
            .setPatchSize(config.patchSize())
            .setEmbedDim(config.embedDim())
            .setDepth(config.depth())
            .setNumHeads(config.numHeads())
            .setMlpRatio(config.mlpRatio())
            .setQkvBias(config.qkvBias())
            .setMlpTimeEmbed(config.mlpTimeEmbed())
            .setSkip(config.skip() ? SkipConnection.CONCAT : SkipConnection.NONE)
            .setFinalConv(config.finalConv());
    config.qkScale().ifPresent(model::setQkScale);
    if (config.conditioning() instanceof Conditioning.ClassLabel label) {
      model.setClassConditional(ClassConditional.newBuilder().setNumClasses(label.numClasses()));
    } else if (config.conditioning() instanceof Conditioning.Text text) {
      model.setTextConditional(
          TextConditional.newBuilder()
              .setNumTokens(text.numTokens())
              .setContextDim(text.contextDim()));
    } else {
      model.setUnconditional(Unconditional.getDefaultInstance());
    }
    return model.build();
  }
}
