/** The run parameters of a period, as a file to keep. */
import { useMutation } from '@tanstack/react-query'
import type { components } from './schema'
import { fileCall, type CallFailed } from './http'

export type CollectAsked = components['schemas']['CollectAsked']

export interface Pack {
  name: string
  bytes: number
}

/** Collects a period and hands the pack to the browser's downloads. */
export function useCollect() {
  return useMutation<Pack, CallFailed, CollectAsked>({
    mutationFn: async (asked) => {
      const { blob, name } = await fileCall('/api/v1/inspections/collect', asked)
      keep(blob, name || `${asked.site}-${asked.from}-${asked.to}.zip`)
      return { name, bytes: blob.size }
    },
  })
}

function keep(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
