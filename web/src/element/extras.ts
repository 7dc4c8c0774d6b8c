// What most visits do not need at first: pictures and their enlargement, recording, answers to choose from, the survey, earlier chats, opening hours. It is loaded when it is needed, see
// extras-loader.ts; in the script it is a file of its own.

export { showPicture } from '../ui/picture';
export { choices } from './choices';
export { Earlier } from './earlier';
export { default as sheet } from './extras.css';
export { Hours } from './hours';
export { Recording } from './recording';
export { showSurvey } from './survey-frame';
