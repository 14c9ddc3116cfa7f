package io.uvit.runner.cli;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ImageShape;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The images of {@code uvit encode} and how they are prepared.
 *
 * @param data with a source of images
 */
record EncodeInputs(Data data) {

  static EncodeInputs of(Arguments arguments, Console console, Experiment experiment)
      throws UsageException {
    Data.Builder data = experiment.getData().toBuilder();
    Optional<Path> images = arguments.path(EncodeCommand.IMAGES, console);
    Optional<Labels> labels = arguments.choice(EncodeCommand.LABELS, EncodeCommand.labelRules());
    if (images.isPresent()) {
      data.setImageFiles(
          ImageFiles.newBuilder()
              .setPath(images.get().toString())
              .setLabels(labels.orElse(defaultLabels(experiment))));
    } else if (labels.isPresent()) {
      throw new UsageException("--labels: given without --images, whose labels it is about");
    } else if (data.hasFeatures()) {
      throw new UsageException(
          "--images: missing, wanted a folder or zip: the experiment's data are features");
    }
    return new EncodeInputs(data.setPreprocess(preprocess(arguments, data)).build());
  }

  private static Labels defaultLabels(Experiment experiment) {
    if (experiment.getData().hasImageFiles()) {
      return experiment.getData().getImageFiles().getLabels();
    }
    return experiment.getModel().hasClassConditional() ? Labels.CLASS_FOLDERS : Labels.UNLABELLED;
  }

  /** An experiment on features says NO_RESIZE, about the features; that means nothing here. */
  private static Preprocess preprocess(Arguments arguments, Data.Builder data)
      throws UsageException {
    Optional<Preprocess> asked =
        arguments.choice(EncodeCommand.PREPROCESS, EncodeCommand.preprocessKinds());
    boolean none = data.getPreprocess() == Preprocess.NO_RESIZE;
    return asked.orElse(none ? Preprocess.ADM_CENTER_CROP : data.getPreprocess());
  }

  /** Opens the images; their classes are held against the model's, if it has any. */
  Dataset open(Model model, ImageShape pixels) throws DataException {
    return model.hasClassConditional()
        ? Datasets.open(data, model, pixels)
        : Datasets.openImages(data, pixels);
  }

  /** The preparation in words, for the manifest. */
  String preprocessing(ImageShape pixels) {
    return data.getPreprocess() + " " + pixels.width() + "x" + pixels.height();
  }
}
