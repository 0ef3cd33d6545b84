/** Ends the process with one line where this Node is too old to run Stepward. */
export declare const requireNode: () => void;
