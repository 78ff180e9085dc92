/** What hangs on what, and where a rule is another one, in Chinese; the same keys as `en-causes.ts`. */
import type { causes as en } from './en-causes'
import type { Same } from './same'

export const causes: Same<typeof en> = {
  parents: {
    title: '上级设备',
    of: '{{device}}',
    agent: '由它读取',
    path: '网络',
    power: '供电',
    storage: '存储',
    port: '端口 {{port}}',
    feeds: '带 {{device}}',
    learnt: { LLDP: '由 LLDP 得知', 'bridge table': '由转发表得知' },
  },
  drills: {
    title: '演练',
    note: '证明看得出故障',
    none: '还没有演练过。演练一次：',
    passed: '通过，{{span}}后发现',
    failed: '没通过：{{step}}',
  },
  overrides: {
    title: '此处另定的规则',
    of: '{{device}}',
    off: '此处不用这条规则',
    fromTo: '{{what}}：{{here}}，别处 {{own}}',
    raises: '触发',
    holds: '持续',
    clears: '解除',
    rests: '解除前持续',
    levels: '级别',
    nothing: '不报',
    place: {
      site: '{{name}} 全部',
      room: '教室 {{name}}',
      device: '仅 {{name}}',
      instances: '仅 {{names}}',
    },
    written: '{{file}} 第 {{line}} 行',
  },
}
