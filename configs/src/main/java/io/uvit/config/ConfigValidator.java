package io.uvit.config;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.config.v1.SkipConnection;
import io.uvit.config.v1.TextConditional;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Checks a filled experiment as a whole and finds everything that is wrong with it, not only the
 * first thing.
 *
 * <p>Holds what can be known without reading data: ranges, divisibility, and that the parts fit
 * together. Whether files exist, and how many classes a folder has, is for those who read them.
 */
public final class ConfigValidator {
  private static final Pattern NAME = Pattern.compile("[a-z0-9_]+");

  private final Experiment experiment;
  private final Checks checks = new Checks();

  private ConfigValidator(Experiment experiment) {
    this.experiment = experiment;
  }

  /**
   * All problems in the order of the schema; empty if the experiment is valid.
   *
   * @param filled an experiment that went through {@link ConfigDefaults#fill}; an absent field
   *     counts as its zero value
   */
  public static List<ConfigProblem> problems(Experiment filled) {
    return new ConfigValidator(filled).run();
  }

  /**
   * As {@link #problems}, as an exception.
   *
   * @throws ConfigException if there is any problem
   */
  public static void validate(Experiment filled) {
    List<ConfigProblem> problems = problems(filled);
    if (!problems.isEmpty()) {
      throw new ConfigException("experiment '" + filled.getName() + "'", problems);
    }
  }

  /** Whether the model has something to be guided away from: a null class or the empty text. */
  static boolean hasNullCondition(Model model) {
    return model.hasTextConditional()
        || (model.hasClassConditional() && model.getClassConditional().hasNullClass());
  }

  private List<ConfigProblem> run() {
    if (!NAME.matcher(experiment.getName()).matches()) {
      String found = experiment.getName().isEmpty() ? "nothing" : "'" + experiment.getName() + "'";
      checks.problem("name", "is no name", found, "lower-case letters, digits and underscores");
    }
    checkModel(experiment.getModel());
    new DiffusionRules(experiment.getDiffusion(), checks).check();
    new DataRules(experiment, checks).check();
    new TrainRules(experiment, checks).check();
    new SampleRules("sample", experiment.getSample(), experiment, checks).check();
    checkRuntime(experiment.getRuntime());
    if (experiment.hasLatent()) {
      new LatentRules(experiment, checks).check();
    }
    return checks.problems();
  }

  private void checkModel(Model model) {
    checks.atLeast("model.image_height", model.getImageHeight(), 1);
    checks.atLeast("model.image_width", model.getImageWidth(), 1);
    checks.atLeast("model.patch_size", model.getPatchSize(), 1);
    String patch = "model.patch_size " + model.getPatchSize();
    checks.multiple("model.image_height", model.getImageHeight(), patch, model.getPatchSize());
    checks.multiple("model.image_width", model.getImageWidth(), patch, model.getPatchSize());
    checkChannels(model.getChannels());
    checks.atLeast("model.embed_dim", model.getEmbedDim(), 2);
    checks.atLeast("model.num_heads", model.getNumHeads(), 1);
    String heads = "model.num_heads " + model.getNumHeads();
    checks.multiple("model.embed_dim", model.getEmbedDim(), heads, model.getNumHeads());
    checkDepth(model.getDepth());
    checks.positive("model.mlp_ratio", model.getMlpRatio());
    if (model.hasQkScale()) {
      checks.positive("model.qk_scale", model.getQkScale());
    }
    checks.known("model.skip", SkipConnection.getDescriptor(), model.getSkipValue());
    if (model.hasClassConditional()) {
      checkClasses(model.getClassConditional());
    } else if (model.hasTextConditional()) {
      checkText(model.getTextConditional());
    }
  }

  private void checkChannels(int channels) {
    if (experiment.hasLatent()) {
      checks.atLeast("model.channels", channels, 1);
    } else if (channels != 1 && channels != 3) {
      checks.problem("model.channels", "is no number of pixel channels", channels, "1 or 3");
    }
  }

  private void checkDepth(int depth) {
    checks.atLeast("model.depth", depth, 2);
    if (depth > 2 && depth % 2 != 0) {
      String wanted = String.format("an even number, %d or %d", depth - 1, depth + 1);
      checks.problem("model.depth", "cannot be split into in- and out-blocks", depth, wanted);
    }
  }

  private void checkClasses(ClassConditional classes) {
    String path = "model.class_conditional";
    checks.atLeast(path + ".num_classes", classes.getNumClasses(), 1);
    int nullClass = classes.getNullClass();
    boolean inTable = nullClass >= 0 && nullClass < classes.getNumClasses();
    if (classes.hasNullClass() && classes.getNumClasses() >= 1 && !inTable) {
      String wanted = "0 to " + (classes.getNumClasses() - 1) + ", below num_classes";
      checks.problem(path + ".null_class", "is no row of the label table", nullClass, wanted);
    }
  }

  private void checkText(TextConditional text) {
    checks.atLeast("model.text_conditional.num_tokens", text.getNumTokens(), 1);
    checks.atLeast("model.text_conditional.context_dim", text.getContextDim(), 1);
  }

  private void checkRuntime(Runtime runtime) {
    checks.known("runtime.device", Device.getDescriptor(), runtime.getDeviceValue());
    checks.known("runtime.precision", Precision.getDescriptor(), runtime.getPrecisionValue());
    checks.atLeast("runtime.intra_op_threads", runtime.getIntraOpThreads(), 0);
    checks.atLeast("runtime.inter_op_threads", runtime.getInterOpThreads(), 0);
  }
}
