import { spoken } from '../preferences'

const zh = { pick: '写单位名称或简称', none: '没有这个单位', takeOff: (unit: string) => `去掉${unit}` }

const en: typeof zh = { pick: 'Name of a unit', none: 'No such unit', takeOff: (unit: string) => `Take ${unit} off` }

export const words = spoken({ zh, en })
