import '@/design/desk.css'
import { createApp } from 'vue'
import DeskApp from './DeskApp.vue'
import { followPreferences } from './preferences'
import { router } from './router'
import { resume } from './session'
import { listenToKeys } from './shortcuts'

followPreferences()
listenToKeys()
// the routes wait for who it is
void resume()
createApp(DeskApp).use(router).mount('#page')
