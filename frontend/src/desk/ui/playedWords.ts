import { spoken } from '../preferences'

const zh = {
  audio: '语音',
  video: '视频',
  download: '下载',
  notYet: '还没有取到',
  failed: '没能放出来，请下载后打开。',
}

const en: typeof zh = {
  audio: 'Voice',
  video: 'Video',
  download: 'Download',
  notYet: 'Not fetched yet',
  failed: 'It could not be played. Please download it to open it.',
}

export const words = spoken({ zh, en })
