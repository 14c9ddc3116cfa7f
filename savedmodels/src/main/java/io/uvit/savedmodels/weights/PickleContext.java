package io.uvit.savedmodels.weights;

/** What a pickle may refer to, decided by the format around it. */
interface PickleContext {
  /** Everything refused. */
  PickleContext NOTHING =
      new PickleContext() {
        @Override
        public Object global(String name) {
          return null;
        }

        @Override
        public Object persistent(Object id) {
          throw new IllegalArgumentException("a persistent id here");
        }

        @Override
        public void build(Object object, Object state) {
          throw new IllegalArgumentException("object state here");
        }
      };

  /** The value of a qualified global name such as {@code "torch.float32"}; null if not allowed. */
  Object global(String name);

  /**
   * The object of a persistent id.
   *
   * @throws IllegalArgumentException if the id is not one of this format
   */
  Object persistent(Object id);

  /**
   * Applies pickled state to an object.
   *
   * @throws IllegalArgumentException if the object takes no state
   */
  void build(Object object, Object state);
}
