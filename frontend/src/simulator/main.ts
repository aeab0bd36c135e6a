import '@/design/base.css'
import './phones.css'
import { createApp, watchEffect } from 'vue'
import { language } from '@/chat/preferences'
import { followViewport } from '@/chat/viewport'
import SimulatorPage from './SimulatorPage.vue'
import { words } from './words'

watchEffect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  document.title = words[language.value].title
})
followViewport()
createApp(SimulatorPage).mount('#page')
