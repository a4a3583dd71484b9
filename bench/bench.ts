/** What a group of rows is given to work with. */
import type { Row } from "./row.js";

export type Bench = {
  /** Few and small samples: shows that everything runs. */
  smoke: boolean;
  /** The repository. */
  root: string;
  /** A folder for the group, which goes when it has ended. */
  folder: string;
  /** The built plugin, and what is bundled with it. */
  dist: string;
  /** The bundle of the bench itself, for groups that need processes of their own. */
  worker: string;
  /** Says what is measured now. */
  progress(this: void, text: string): void;
  row(this: void, row: Omit<Row, "group">): void;
};

export type Group = (bench: Bench) => Promise<void>;
