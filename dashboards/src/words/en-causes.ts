/** What hangs on what, and where a rule is another one, in English. */
export const causes = {
  parents: {
    title: 'Hangs on',
    of: 'of {{device}}',
    agent: 'Read by',
    path: 'Network',
    power: 'Power',
    storage: 'Storage',
    port: 'port {{port}}',
    feeds: 'feeds {{device}}',
    learnt: { LLDP: 'learnt by LLDP', 'bridge table': 'learnt from the bridge table' },
  },
  overrides: {
    title: 'Rules changed here',
    of: 'of {{device}}',
    off: 'The rule is off here',
    fromTo: '{{what}}: {{here}}, elsewhere {{own}}',
    raises: 'Raises at',
    holds: 'Raises after',
    clears: 'Clears at',
    rests: 'Clears after',
    levels: 'Level',
    nothing: 'nothing',
    place: {
      site: 'for all of {{name}}',
      room: 'for room {{name}}',
      device: 'for {{name}} alone',
      instances: 'only {{names}}',
    },
    written: '{{file}} line {{line}}',
  },
}
