package io.uvit.savedmodels.signature;

/** Arrays that a signature cannot be called with. */
public final class SignatureInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message that names the key, what was found and what was wanted. */
  SignatureInputException(String message) {
    super(message);
  }

  SignatureInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
