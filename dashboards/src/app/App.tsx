/** Puts together what every page needs: queries, the live stream, the pages by address. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { CallFailed } from '../api/http'
import { router } from './router'
import { Session } from './Session'

const AGAIN_MS = 30_000

/** Whether a failure may be over by itself. */
const mayPass = (error: Error): boolean =>
  !(error instanceof CallFailed) || error.status === 0 || error.status >= 500

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < 2 && mayPass(error),
      // What could not be told is asked again, also where nothing else asks twice.
      refetchInterval: ({ state: { error } }) => (error !== null && mayPass(error) ? AGAIN_MS : false),
    },
  },
})

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Session>
        <RouterProvider router={router} />
      </Session>
    </QueryClientProvider>
  )
}
