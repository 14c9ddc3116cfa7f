package io.uvit.runner.data;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Model;
import java.lang.System.Logger.Level;

/** Whether the classes of data go with the label table of a model. */
final class ModelClasses {
  private static final System.Logger LOG = System.getLogger(ModelClasses.class.getName());

  private ModelClasses() {}

  /** Classes that data may have: the rows of the table below the null class. */
  static int usable(ClassConditional classes) {
    int rows = classes.getNumClasses();
    return classes.hasNullClass() ? Math.min(rows, classes.getNullClass()) : rows;
  }

  /**
   * Checks the number of classes of labelled data, if the model has classes at all.
   *
   * @param found 0 if the data is unlabelled
   */
  static void check(String name, int found, Model model) throws DataException {
    if (!model.hasClassConditional()) {
      return;
    }
    int usable = usable(model.getClassConditional());
    boolean hasNull = model.getClassConditional().hasNullClass();
    if (found == 0) {
      throw new DataException(name + ": has no labels, model.class_conditional wants classes");
    }
    if (found > usable) {
      throw new DataException(
          name
              + ": found "
              + found
              + " classes, model.class_conditional has room for "
              + usable
              + (hasNull ? " below its null class" : ""));
    }
    if (found < usable) {
      LOG.log(
          Level.WARNING,
          "{0}: found {1} classes, the model has {2}; the others stay untrained",
          name,
          found,
          usable);
    }
  }
}
