/** Puts together what every page needs: queries, the live stream, the pages by address. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { CallFailed } from '../api/http'
import { router } from './router'
import { Session } from './Session'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (count, error) =>
        count < 2 && (!(error instanceof CallFailed) || error.status === 0 || error.status >= 500),
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
