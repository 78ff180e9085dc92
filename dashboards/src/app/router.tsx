/** The pages by address; each is loaded when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  useRouterState,
} from '@tanstack/react-router'
import { useEffect } from 'react'
import { FILTERS, type Filter } from '../service/queue'
import { useScheme } from '../theme/scheme'
import { LoadFailed, Missing } from './Fallback'

function Root() {
  const wall = useRouterState({ select: (state) => state.location.pathname === '/wall' })
  const scheme = useScheme(wall)
  useEffect(() => {
    document.documentElement.setAttribute('data-mantine-color-scheme', scheme)
  }, [scheme])
  return <Outlet />
}

const root = createRootRoute({ component: Root, notFoundComponent: Missing, errorComponent: LoadFailed })

const wall = createRoute({
  getParentRoute: () => root,
  path: '/wall',
  component: lazyRouteComponent(() => import('../pages/wall/WallPage')),
})

const desk = createRoute({
  getParentRoute: () => root,
  id: 'desk',
  component: lazyRouteComponent(() => import('./Desk')),
})

const start = createRoute({
  getParentRoute: () => desk,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/first/FirstPage')),
})

const rooms = createRoute({
  getParentRoute: () => desk,
  path: '/rooms',
  component: lazyRouteComponent(() => import('../pages/rooms/RoomsPage')),
})

const room = createRoute({
  getParentRoute: () => desk,
  path: '/rooms/$site/$room',
  validateSearch: (search: Record<string, unknown>): { device?: string } =>
    typeof search['device'] === 'string' ? { device: search['device'] } : {},
  component: lazyRouteComponent(() => import('../pages/room/RoomPage')),
})

export interface QueueSearch {
  filter?: Filter
  site?: string
  find?: string
  call?: boolean
}

const tickets = createRoute({
  getParentRoute: () => desk,
  path: '/tickets',
  validateSearch: (search: Record<string, unknown>): QueueSearch => ({
    ...(FILTERS.includes(search['filter'] as Filter) ? { filter: search['filter'] as Filter } : {}),
    ...(typeof search['site'] === 'string' ? { site: search['site'] } : {}),
    ...(search['find'] !== undefined && search['find'] !== '' ? { find: String(search['find']) } : {}),
    ...(search['call'] === true ? { call: true } : {}),
  }),
  component: lazyRouteComponent(() => import('../pages/tickets/TicketsPage')),
})

const ticket = createRoute({
  getParentRoute: () => desk,
  path: '/tickets/$id',
  component: lazyRouteComponent(() => import('../pages/ticket/TicketPage')),
})

const inspections = createRoute({
  getParentRoute: () => desk,
  path: '/inspections',
  component: lazyRouteComponent(() => import('../pages/inspections/InspectionsPage')),
})

const foresight = createRoute({
  getParentRoute: () => desk,
  path: '/foresight',
  component: lazyRouteComponent(() => import('../pages/foresight/ForesightPage')),
})

const agents = createRoute({
  getParentRoute: () => desk,
  path: '/agents',
  component: lazyRouteComponent(() => import('../pages/agents/AgentsPage')),
})

const settings = createRoute({
  getParentRoute: () => desk,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/SettingsPage')),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' && /^\/(?!\/)/.test(search['next']) ? { next: search['next'] } : {},
  component: lazyRouteComponent(() => import('../pages/sign-in/SignInPage')),
})

export const router = createRouter({
  routeTree: root.addChildren([
    wall,
    signIn,
    desk.addChildren([start, rooms, room, tickets, ticket, inspections, foresight, agents, settings]),
  ]),
  defaultPreload: false,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
