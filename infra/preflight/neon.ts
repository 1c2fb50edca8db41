import type { Finding } from '../../core/doctor/finding';
import { examineNatives } from '../../core/doctor/native';
import { examineProject } from '../../core/doctor/neon';
import { isBackupError, messageOf } from '../../core/errors';
import { type Neon, openNeon } from '../../core/neon/api';
import type { StackConfig } from '../config/config';
import { scratchKind } from '../config/scratch';
import { secretText } from '../config/secrets';
import { majorsIn } from './layer';
import type { Findings } from './preflight';
import { sameRegion, unfit } from './source';

/** Whether the project of Neon's is there, and what of it would fail later. */
export async function examineNeon(config: StackConfig): Promise<Findings> {
  const { neonProjectId: project } = config;
  const apiKey = secretText('neonApiKey');
  if (!project || !apiKey) return { refusals: [], warnings: [] };
  try {
    const neon = openNeon(project, { apiKey });
    const { major, region } = await neon.getProject();
    return together(
      await examineItself(neon, config),
      await examineSurroundings(major, region, config),
    );
  } catch (error) {
    return unexamined(error);
  }
}

/** That Neon is not to be reached from here says nothing of AWS. */
function unexamined(error: unknown): Findings {
  if (!isBackupError(error)) throw error;
  const words = messageOf(error);
  return error.reason === 'source_unavailable'
    ? { refusals: [], warnings: [`The source was not looked at from here: ${words}`] }
    : { refusals: [sentence(words, error.cure)], warnings: [] };
}

async function examineItself(neon: Neon, config: StackConfig): Promise<Findings> {
  const { neonBranch: branch, neonDatabase: database, neonRole: role } = config;
  const { neonHistoryWindow: historyWindow } = config;
  const snapshots = config.snapshots === 'function' ? config.snapshotKeep : 0;
  const drills = scratchKind(config, config.secrets) === 'neon';
  const findings = await examineProject(neon, {
    branch,
    database,
    role,
    snapshots,
    drills,
    historyWindow,
  });
  const further = await examineSnapshots(neon, findings, config);
  const of = (wanted: Finding['level']) =>
    [...findings, ...further].flatMap(({ level, detail, cure }) =>
      level === wanted ? sentence(detail, cure) : [],
    );
  return { refusals: of('fail'), warnings: of('warn') };
}

/** Neon's own, where nothing worse is known: they take no branches. */
async function examineSnapshots(
  neon: Neon,
  known: readonly Finding[],
  { snapshots, snapshotKeep, neonBranch: branch }: StackConfig,
): Promise<Finding[]> {
  if (snapshots !== 'native' || known.some(({ level }) => level === 'fail')) return [];
  return examineNatives(neon, { branch, snapshots: snapshotKeep });
}

function sentence(detail: string, cure: string | undefined): string {
  return `Neon: ${detail}${cure ? ` (${cure})` : ''}`;
}

/** Neon's regions are those of AWS, with `aws-` before them. */
async function examineSurroundings(
  major: number,
  region: string,
  config: StackConfig,
): Promise<Findings> {
  return {
    refusals: unfit(major, await majorsIn(config.layerZip), config.layerZip),
    warnings: sameRegion(region.replace(/^aws-/, ''), config),
  };
}

function together(...all: Findings[]): Findings {
  return {
    refusals: all.flatMap(({ refusals }) => refusals),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}
