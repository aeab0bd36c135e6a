import { spoken } from '../preferences'

const zh = {
  title: '登录工作台',
  again: '登录已经过期',
  againAbout: '请再登录一次，页面上写到一半的内容都还在。',
  username: '用户名',
  password: '密码',
  code: '动态验证码',
  codeHint: '验证器里的6位数字',
  signIn: '登录',
  wrong: '用户名或密码不对。',
  forgotten: '忘记密码，请找系统管理员重置。',
  first: '先换一个自己的密码',
  firstAbout: '现在的密码是别人发给您的，换好以后才能开始工作。',
  now: '现在的密码',
  chosen: '新密码',
  chosenHint: '10个字符以上，不要只用常见的词',
  repeated: '再写一遍新密码',
  different: '两遍写的不一样。',
  change: '换密码',
  changed: '密码已换',
  signOut: '退出登录',
}

const en: typeof zh = {
  title: 'Sign in to the desk',
  again: 'Your session has ended',
  againAbout: 'Please sign in once more. What you were writing is kept.',
  username: 'User name',
  password: 'Password',
  code: 'One-time code',
  codeHint: 'Six digits, from your authenticator',
  signIn: 'Sign in',
  wrong: 'User name or password is wrong.',
  forgotten: 'If you have forgotten it, an administrator can reset it.',
  first: 'First, choose a password of your own',
  firstAbout: 'Somebody else gave you the present one. You can begin once it is changed.',
  now: 'Present password',
  chosen: 'New password',
  chosenHint: '10 characters or more, not only common words',
  repeated: 'New password once more',
  different: 'The two are not the same.',
  change: 'Change password',
  changed: 'Password changed',
  signOut: 'Sign out',
}

export const words = spoken({ zh, en })
