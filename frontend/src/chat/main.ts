import '@/design/base.css'
import { createApp } from 'vue'
import ChatPage from './ChatPage.vue'
import { followPreferences } from './preferences'
import { followViewport } from './viewport'
import { words } from './words'

followPreferences(words)
followViewport()
createApp(ChatPage).mount('#page')
