package io.uvit.config;

import io.uvit.config.v1.BadImagePolicy;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Features;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import java.util.Locale;

/** The rules of {@code data}, and of how data, model and latents fit together. */
final class DataRules {
  /** What CELEBA_CROP needs: it cuts a square of 128 out at row 57, column 25. */
  private static final String CELEBA_IMAGES =
      "images of at least 153x185 pixels (CelebA's are 178x218)";

  private final Data data;
  private final Model model;
  private final boolean latent;
  private final Checks checks;

  DataRules(Experiment experiment, Checks checks) {
    this.data = experiment.getData();
    this.model = experiment.getModel();
    this.latent = experiment.hasLatent();
    this.checks = checks;
  }

  void check() {
    checkSource();
    checkConditioning();
    checkPreprocess();
    checkFeatures();
    checks.probability("data.label_dropout", data.getLabelDropout());
    if (data.getLabelDropout() > 0 && !ConfigValidator.hasNullCondition(model)) {
      checks.problem(
          "data.label_dropout",
          "there is nothing to replace a label by",
          data.getLabelDropout(),
          "0, or model.class_conditional.null_class, or model.text_conditional");
    }
    checks.known("data.bad_images", BadImagePolicy.getDescriptor(), data.getBadImagesValue());
    checks.atLeast("data.max_pixels", data.getMaxPixels(), 1);
    checks.atLeast("data.workers", data.getWorkers(), 1);
    checks.atLeast("data.prefetch_batches", data.getPrefetchBatches(), 1);
  }

  private void checkSource() {
    switch (data.getSourceCase()) {
      case EMBEDDED_MNIST -> checkFixedSize("data.embedded_mnist", 28, 1);
      case CIFAR10_BINARY -> {
        String path = data.getCifar10Binary().getPath();
        checks.notEmpty("data.cifar10_binary.path", path, "the folder with data_batch_1.bin");
        checkFixedSize("data.cifar10_binary", 32, 3);
      }
      case IMAGE_FILES -> {
        String path = data.getImageFiles().getPath();
        checks.notEmpty("data.image_files.path", path, "a folder or zip of images");
        checks.known(
            "data.image_files.labels",
            Labels.getDescriptor(),
            data.getImageFiles().getLabelsValue());
      }
      case IDX -> checks.notEmpty("data.idx.images", data.getIdx().getImages(), "an idx file");
      case FEATURES -> {
        Features features = data.getFeatures();
        checks.notEmpty("data.features.path", features.getPath(), "the folder with the features");
      }
      case SOURCE_NOT_SET ->
          checks.problem(
              "data.source",
              "missing",
              "none",
              "one of embedded_mnist, cifar10_binary, image_files, idx, features");
    }
  }

  /**
   * Images of a known size go unresized into a model of that size; latents have a size of their
   * own.
   */
  private void checkFixedSize(String path, int side, int channels) {
    String found = model.getImageHeight() + "x" + model.getImageWidth() + "x" + model.getChannels();
    String wanted = side + "x" + side + "x" + channels;
    if (!latent && data.getPreprocess() == Preprocess.NO_RESIZE && !found.equals(wanted)) {
      checks.problem(path, "does not have the size of the model", found, wanted + " in model");
    }
    if (data.getPreprocess() == Preprocess.CELEBA_CROP) {
      checks.problem(
          "data.preprocess", "needs " + CELEBA_IMAGES, "CELEBA_CROP of " + path, "NO_RESIZE");
    }
  }

  private void checkConditioning() {
    switch (model.getConditioningCase()) {
      case CLASS_CONDITIONAL -> checkLabels(model.getClassConditional());
      case TEXT_CONDITIONAL -> {
        if (data.getSourceCase() != Data.SourceCase.FEATURES) {
          checks.problem(
              "data.source", "has no texts for model.text_conditional", sourceName(), "features");
        }
      }
      // Labels of the data are simply not used.
      case UNCONDITIONAL, CONDITIONING_NOT_SET -> {}
    }
  }

  private void checkLabels(ClassConditional classes) {
    String need = "has no labels for model.class_conditional";
    switch (data.getSourceCase()) {
      case EMBEDDED_MNIST, CIFAR10_BINARY -> checkTenClasses(classes);
      case IMAGE_FILES -> {
        if (data.getImageFiles().getLabels() == Labels.UNLABELLED) {
          String wanted = "CLASS_FOLDERS or FILE_NAME_PREFIX";
          checks.problem("data.image_files.labels", need, "UNLABELLED", wanted);
        }
      }
      case IDX -> {
        if (data.getIdx().getLabels().isBlank()) {
          checks.problem("data.idx.labels", need, "nothing", "the idx file of the labels");
        }
      }
      case FEATURES, SOURCE_NOT_SET -> {}
    }
  }

  private void checkTenClasses(ClassConditional classes) {
    int nullClass = classes.getNullClass();
    if (classes.getNumClasses() >= 1 && classes.getNumClasses() < 10) {
      checks.problem(
          "model.class_conditional.num_classes",
          "fewer than the classes of " + sourceName(),
          classes.getNumClasses(),
          "10, or 11 with null_class 10");
    } else if (classes.hasNullClass() && nullClass >= 0 && nullClass < 10) {
      checks.problem(
          "model.class_conditional.null_class",
          "is a class of " + sourceName() + ", whose labels are 0 to 9",
          nullClass,
          "10 with num_classes 11");
    }
  }

  private void checkPreprocess() {
    checks.known("data.preprocess", Preprocess.getDescriptor(), data.getPreprocessValue());
    if (data.getPreprocess() == Preprocess.ADM_CENTER_CROP
        && model.getImageHeight() != model.getImageWidth()) {
      checks.problem(
          "data.preprocess",
          "ADM_CENTER_CROP makes squares, and the model is no square",
          model.getImageHeight() + "x" + model.getImageWidth(),
          "another preprocess, or model.image_height = model.image_width");
    }
  }

  private void checkFeatures() {
    if (data.getSourceCase() != Data.SourceCase.FEATURES) {
      return;
    }
    if (!latent) {
      checks.problem(
          "latent", "missing for data.features", "none", "latent { autoencoder scale_factor }");
    }
    if (data.getRandomFlip()) {
      checks.problem(
          "data.random_flip",
          "a mirrored latent is not the latent of the mirrored image",
          true,
          "false with data.features");
    }
    if (data.getPreprocess() != Preprocess.NO_RESIZE) {
      checks.problem(
          "data.preprocess",
          "features are already of the size of the model",
          data.getPreprocess(),
          "NO_RESIZE with data.features");
    }
  }

  private String sourceName() {
    return data.getSourceCase() == Data.SourceCase.SOURCE_NOT_SET
        ? "none"
        : data.getSourceCase().name().toLowerCase(Locale.ROOT);
  }
}
