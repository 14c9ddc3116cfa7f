package io.uvit.tests.golden;

import io.uvit.config.ConfigDefaults;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.SkipConnection;
import io.uvit.config.v1.TextConditional;
import io.uvit.config.v1.Unconditional;
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
    experiment
        .getDataBuilder()
        .getImageFilesBuilder()
        .setPath("images")
        .setLabels(
            experiment.getModel().hasClassConditional() ? Labels.CLASS_FOLDERS : Labels.UNLABELLED);
    experiment.getTrainBuilder().setSteps(10).setBatchSize(2);
    return ConfigDefaults.fill(experiment.build());
  }

  private static Model model(UViTConfig config) {
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
