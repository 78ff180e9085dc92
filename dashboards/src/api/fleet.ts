/** Agents and the codes that make them. */
import { useMutation } from '@tanstack/react-query'
import type { CallFailed } from './http'
import { call } from './http'
import type { EnrolmentAsked, EnrolmentMade } from './types'

/** Makes a one-time code for a computer; its text is in the answer and nowhere else. */
export function useNewEnrolment() {
  return useMutation<EnrolmentMade, CallFailed, EnrolmentAsked>({
    mutationFn: (body) => call('post', '/api/v1/enrolments', { body }),
  })
}
