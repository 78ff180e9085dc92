/** A beginning and an end: two fields of days, times of day, or both. */
import { TextInput } from '@mantine/core'

interface Props {
  /** What the two are called. */
  labels: readonly [from: string, to: string]
  type: 'date' | 'time' | 'datetime-local'
  from: string
  to: string
  onFrom: (text: string) => void
  onTo: (text: string) => void
  /** What is wrong with the end. */
  error?: string | undefined
}

export function SpanFields({ labels, type, from, to, onFrom, onTo, error }: Props) {
  return (
    <>
      <TextInput
        type={type}
        label={labels[0]}
        value={from}
        onChange={(event) => onFrom(event.currentTarget.value)}
      />
      <TextInput
        type={type}
        label={labels[1]}
        value={to}
        error={error}
        onChange={(event) => onTo(event.currentTarget.value)}
      />
    </>
  )
}
