import type { Core } from '../state.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import type { Names } from './names.ts'

/** Saves the intervals to correct of air flows. */
export function saveAirflows({ compliance, plan }: Core, names: Names, sections: Sections): void {
  const { airflow } = compliance
  for (const [index, { scope }] of plan.airflows.entries()) {
    const waiting = [...airflow.changed].filter((key) => key % plan.airflows.length === index)
    const intervals = waiting.map((key) => (key - index) / plan.airflows.length)
    putSection(sections, `airflow/${names.scopes[scope]}`, 'airflow', intervals)
  }
}

export function restoreAirflows({ compliance, plan }: Core, names: Names, sections: Sections): void {
  for (const [index, { scope }] of plan.airflows.entries()) {
    for (const interval of takeSection(sections, `airflow/${names.scopes[scope]}`, 'airflow') ?? []) {
      compliance.airflow.changed.add(interval * plan.airflows.length + index)
    }
  }
}
