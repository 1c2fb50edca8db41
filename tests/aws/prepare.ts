import { emulatorPython } from '../support/emulator';

/** Installs the emulator before the first test, whose time limit is no measure for a download. */
export default async function prepare(): Promise<void> {
  await emulatorPython();
}
