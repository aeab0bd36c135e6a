import '@/design/base.css'
import './forms.css'
import { createApp } from 'vue'
import { followPreferences } from '@/chat/preferences'
import TicketsPage from './TicketsPage.vue'
import { words } from './words'

followPreferences(words)
createApp(TicketsPage).mount('#page')
