/** The words of the settings page in Chinese. */
import type { settings as english } from './en-settings'
import type { Same } from './same'

export const settings: Same<typeof english> = {
  title: '设置',
  language: '语言',
  scheme: '外观',
  light: '浅色',
  dark: '深色',
  auto: '跟随系统',
  account: '账号',
  role: { viewer: '查看', operator: '值班', engineer: '工程师', admin: '管理员', customer: '学校' },
  server: '服务器',
  version: '版本',
  devices: '已知设备',
  readings: '已存读数',
  refused: '拒收消息',
  broker: '消息中转',
  series: '读数库',
  records: '记录库',
  works: '正常',
  wallNote: '大屏总是深色。',
}
